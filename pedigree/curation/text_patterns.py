"""Regular expressions of the text screens that belong to no language: placeholders, garbled characters."""

# NOUN stands for the words of the English list "gap" (languages/en.yaml).
PLACEHOLDER = r"""(?x)
  [\[<{](?i: (?:your|insert|enter|specific)\ [\w\ '’-]{2,30} | (?:[\w'’-]+[\ _]){0,3}(?:NOUN)
            | [a-z]+_[a-z_]+ )[\]>}]
| \{\{?\ ?(?:[a-z][a-z0-9-]+|\d{1,2})\ ?\}?\}
| <[C-HJ-NORTV-Z]\d?>
| <\|\ ?\w+\ ?\|> | </?(?:unk|pad|eos|bos|mask|sep|cls)> | \[/?(?:INST|SYS|MASK|UNK|PAD|SEP|CLS|BLANK)\]
| \b(?i:insert\ (?:[\w'’-]+\ ){1,3}here|lorem\ ipsum)\b
| \bX{2,}[-./\ ]X{2,}(?:[-./\ ]X+)*\b
| [\#$€£]X{2,}\b
| \b(?i:order|account|invoice|ticket|number|no\.|id|reference|card|code|in|model|flight|tracking)[\ \#:]{1,2}X{3,}\b
| \bX{5,}\b
"""


# Control characters other than tab and line ends, private-use characters, and the replacement character.
GARBLED = r"([[\p{Cc}\p{Co}\x{FFFD}]--[\t\n\r]])"
