"""The code points that the first font has and the second lacks: beyond.py [--symbols] FONT OTHER

With --symbols: those of symbols and mathematics, also where the second has them below U+1F000.
"""

import sys

from fontTools.ttLib import TTFont

symbols = sys.argv[1] == "--symbols"
own, other = (set(TTFont(path).getBestCmap()) for path in sys.argv[-2:])


def wanted(code):
    if not symbols:
        return code >= 0x2000 and code not in other
    if 0x1F000 <= code < 0x1FC00:
        return code not in other
    return (0x2000 <= code < 0x2C00 and code != 0x20E3) or 0x1D400 <= code < 0x1D800


print(",".join(f"U+{code:04X}" for code in sorted(own) if wanted(code)))
