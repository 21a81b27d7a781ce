"""The code points of the three East Asian fonts, one set a line: JP, SC, KR.

JP: JIS X 0208 with kana; SC: GB 2312; KR: all syllables and jamo. Each with its punctuation and the
full-width forms.
"""


def table(codec):
    for lead in range(0xA1, 0xFF):
        for trail in range(0xA1, 0xFF):
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
]
for codes in SETS:
    print(",".join(f"U+{code:04X}" for code in sorted(codes)))
