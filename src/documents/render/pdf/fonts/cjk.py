"""The code points of the East Asian fonts, one set a line: JP, SC, KR, TC.

JP: JIS X 0208 with kana; SC: GB 2312; KR: all syllables and jamo; TC: Big5, level 1, with bopomofo.
Each with its punctuation and the full-width forms. What a published font has beyond its set is in
a second file, which is read where a name needs it.
"""


def table(codec, leads=range(0xA1, 0xFF)):
    for lead in leads:
        for trail in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]:
            try:
                text = bytes([lead, trail]).decode(codec)
            except UnicodeDecodeError:
                continue
            if len(text) == 1 and ord(text) >= 0x2000:
                yield ord(text)


FORMS = set(range(0x3000, 0x3040)) | set(range(0xFF00, 0xFFF0))
SETS = [
    set(table("euc_jp")) | set(range(0x3000, 0x3100)) | FORMS,
    set(table("gb2312")) | FORMS,
    set(range(0xAC00, 0xD7A4)) | set(range(0x3131, 0x3190)) | FORMS,
    set(table("big5", range(0xA1, 0xC7))) | set(range(0x3105, 0x3130)) | FORMS,
]
for codes in SETS:
    print(",".join(f"U+{code:04X}" for code in sorted(codes)))
