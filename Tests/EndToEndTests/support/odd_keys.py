"""Names of objects that S3 allows and programs stumble over."""

ODD_KEYS = [
    " ", " leading space", "trailing space ", "two  spaces", "a b/c d", "a+b", "a%2Bb", "a%2fb", "100%",
    "a&b<c>d", "quote\"s and 'apostrophes'", "back\\slash", "semi;colon", "question?mark", "hash#tag",
    "equals=at@", "pipe|tilde~", "braces{}[]()", "grüße/ñandú", "日本語/キー", "🎉/👩‍👩‍👧", "e\u0301 (decomposed)",
    "é (composed)", "\u202ereversed", "\ufeffmark", "/leading/slash", "trailing/slash/", "//", "a//b", ".",
    "..", "a/../b", "a/./b", "=1+1", "-dash", "@at", "'; DROP TABLE object; --", "<script>alert(1)</script>",
    "tab\there", "bell\x07", "escape\x1b[31mred", "delete\x7f", "c1\x9b31m", "line\nfeed", "return\rhere",
    "both\r\nends", "\x01", "a\x00b", "\U0010ffff", "\uffff", "z" * 1024, "é" * 512, "🎉" * 256,
]

# What a terminal would obey.
TERMINAL_KEYS = ["\x1b]0;owned\x07", "\x1b[2J\x1b[H", "a\rb", "a\nb", "a\x08\x08", "\x9b31m", "\u202efdp.exe",
           "\u2066iso\u2069", "\u200bzero", "tab\t", "back\\slash", "ok ünïcode 🎉"]
