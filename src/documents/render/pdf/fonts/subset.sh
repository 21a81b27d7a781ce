#!/usr/bin/env bash
# How the fonts beside this file were made, from the static TTF files of the npm packages
# @expo-google-fonts/inter 0.4.2 and @expo-google-fonts/noto-sans 0.4.2, with fontTools 4.66.1:
#   subset.sh NODE_MODULES
# Inter keeps Latin, Greek, Cyrillic, punctuation, currency and arrows, kerning and tabular
# figures; Noto Sans keeps what it has beyond that, for single characters.
set -euo pipefail
from="$1/@expo-google-fonts"
to="$(cd "$(dirname "$0")" && pwd)"
inter="U+0020-007E,U+00A0-024F,U+02B0-02FF,U+0300-036F,U+0370-03FF,U+0400-052F,U+1E00-1EFF"
inter+=",U+0E3F,U+2000-218F,U+2190-22FF,U+25A0-25FF,U+2713-2717,U+FFFD"
keep=(--no-hinting --no-glyph-names --name-IDs=4,6 --drop-tables+=STAT,GDEF,gasp)

for weight in 400Regular 500Medium 600SemiBold; do
  python3 -m fontTools.subset "$from/inter/$weight/Inter_$weight.ttf" --unicodes="$inter" \
    --layout-features=kern,tnum "${keep[@]}" --output-file="$to/Inter-${weight:3}.ttf"
done

beyond=$(python3 - "$from" "$to" <<'PY'
import sys
from fontTools.ttLib import TTFont
noto = TTFont(f"{sys.argv[1]}/noto-sans/400Regular/NotoSans_400Regular.ttf").getBestCmap()
inter = TTFont(f"{sys.argv[2]}/Inter-Regular.ttf").getBestCmap()
shaped = lambda code: 0x0900 <= code < 0x0980 or 0xA8E0 <= code < 0xA900 or 0x1CD0 <= code < 0x1D00
print(",".join(f"U+{code:04X}" for code in sorted(noto) if code not in inter and not shaped(code)))
PY
)
for weight in 400Regular 600SemiBold; do
  python3 -m fontTools.subset "$from/noto-sans/$weight/NotoSans_$weight.ttf" \
    --unicodes="$beyond" --layout-features= "${keep[@]}" --output-file="$to/NotoSans-${weight:3}.ttf"
done

# Served as static assets, read on demand. From @expo-google-fonts/noto-sans-jp, -sc, -kr and -tc
# 0.4.3: the common characters, and beside them all that the published font has beyond those.
assets="$to/../../../../../public/fonts"
mkdir -p "$assets"
plain=("${keep[@]}" --layout-features=)
codes=$(mktemp)
python3 "$to/cjk.py" | for script in JP SC KR TC; do
  read -r common
  echo "$common" > "$codes"
  font="$from/noto-sans-${script,,}/400Regular/NotoSans${script}_400Regular.ttf"
  python3 -m fontTools.subset "$font" --unicodes-file="$codes" "${plain[@]}" \
    --drop-tables+=vhea,vmtx,VORG --output-file="$assets/NotoSans$script.ttf"
  python3 "$to/beyond.py" "$font" "$assets/NotoSans$script.ttf" > "$codes"
  python3 -m fontTools.subset "$font" --unicodes-file="$codes" "${plain[@]}" \
    --drop-tables+=vhea,vmtx,VORG --output-file="$assets/NotoSans$script-More.ttf"
done

# Scripts, with what their letters need to join, stack and move: noto-sans-arabic 0.4.3, -hebrew
# 0.4.1, -devanagari 0.4.1 in two weights, the others of noto-sans-* 0.4.x in one; Emoji 0.4.7.
whole=(--unicodes='*' --layout-features='*' --no-hinting --no-glyph-names --name-IDs=4,6)
whole+=(--drop-tables+=STAT,gasp,meta)
for script in Arabic Hebrew Devanagari; do
  folder="$from/noto-sans-${script,,}"
  python3 -m fontTools.subset "$folder/400Regular/NotoSans${script}_400Regular.ttf" \
    "${whole[@]}" --output-file="$assets/NotoSans$script.ttf"
  python3 -m fontTools.subset "$folder/600SemiBold/NotoSans${script}_600SemiBold.ttf" \
    "${whole[@]}" --output-file="$assets/NotoSans$script-SemiBold.ttf"
done
for script in Bengali Gurmukhi Gujarati Tamil Telugu Kannada Malayalam Sinhala Thai Lao Khmer \
  Myanmar Armenian Georgian Ethiopic; do
  font="$from/noto-sans-${script,,}/400Regular/NotoSans${script}_400Regular.ttf"
  python3 -m fontTools.subset "$font" "${whole[@]}" --output-file="$assets/NotoSans$script.ttf"
done
python3 -m fontTools.subset "$from/noto-emoji/400Regular/NotoEmoji_400Regular.ttf" \
  "${whole[@]}" --output-file="$assets/NotoEmoji.ttf"

# Symbols that are no emoji: noto-sans-symbols, -symbols-2 and -math.
for font in symbols/Symbols symbols-2/Symbols2 math/Math; do
  source="$from/noto-sans-${font%/*}/400Regular/NotoSans${font#*/}_400Regular.ttf"
  python3 "$to/beyond.py" --symbols "$source" "$assets/NotoEmoji.ttf" > "$codes"
  python3 -m fontTools.subset "$source" --unicodes-file="$codes" "${plain[@]}" \
    --output-file="$assets/NotoSans${font#*/}.ttf"
done
rm "$codes"
cp "$to/OFL.txt" "$assets/"
