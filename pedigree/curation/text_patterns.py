"""Regular expressions of the text screens: refusals, meta text, placeholders, garbled characters."""

import re

REFUSAL = r"""(?ix)
  \b (?:i['’]?m|i\ am|we['’]re|we\ are)\ (?:very\ |really\ |so\ )?sorry,?\ (?:but\ )?(?:i|we)\ (?:will\ )?
     (?:can(?:['’]?t|not|\ not)|am\ unable\ to|am\ not\ able\ to|won['’]?t\ be\ able\ to)\s
     (?:assist|help\ (?:you\ )?with\ (?:that|this)|fulfil+|comply|provide|generate|create|produce|engage)\b
| \b (?:i|we)\ (?:can(?:['’]?t|not|\ not)|am\ unable\ to|am\ not\ able\ to|won['’]?t|must\ decline\ to|will\ not)\s
     (?: (?:fulfil+|comply\ with|assist\ with)\ (?:this|that|your|the|such\ an?)
         \ (?:request|task|prompt|instruction)s?\b
       | (?:generate|create|produce|provide)\ (?:any\ |such\ |this\ |that\ |the\ |an?\ |more\ )?(?:[\w-]+\ ){0,3}
         (?:content|texts?|examples?|messages?|tweets?|sentences?|samples?|material)\b )
| \b (?:against|violates?)\ my\ (?:programming|guidelines|policies|content\ policy|ethical\ guidelines)\b
"""


META_TEXT = r"""(?ix)
  \b as\ an?\ (?:large\ |artificial\ |helpful\ )?(?:ai|language\ model|intelligence)\ 
     (?:language\ )?(?:model|assistant|system|chatbot)\b
| \b as\ an\ ai\b (?:,|\ i\b)
| \b as\ a\ (?:large\ )?language\ model\b
| ^\W* (?:sure|certainly|of\ course|absolutely|okay|ok)\b [\s,.!–—-]+ here(?:['’]s|\ is|\ are)\b
| ^\W* here(?:['’]s|\ is|\ are)\ (?:[\w-]+\ ){1,5}
     (?:examples?|samples?|variations?|paraphrases?|rewrites?|rewritten|reformulations?|augmented)\b
| \b here\ (?:is|are)\ (?:an?|another|some)\ examples?\ of\b
| \b (?:this|the|each)\ (?:message|text|tweet|review|sentence|comment|post|example|statement|question|ticket)\ 
     (?:[\w-]+\ )?(?:expresses|conveys|demonstrates|illustrates|exemplifies|indicates|reflects|shows|contains|uses)\ 
     (?:an?|the|some|strong|clear)\ (?:[\w-]+\ ){0,3}
     (?:sentiment|emotions?|tone|complaint|request|label|intent|category|opinion|attitude|comparison|exaggeration)\b
| \b an?\ (?:[\w-]+\ )?(?:message|text|tweet|review|sentence|comment|post|example|statement|question|ticket)\ 
     (?:with|expressing|that\ (?:expresses|conveys|shows|has)|labell?ed)\ (?:an?\ |as\ )?(?:[\w-]+\ ){0,3}
     (?:sentiment|emotion|tone|label|intent|category)\b
| \b (?:sentence|text|tweet|review|message|example)s?\ (?:is|was|are|should\ be|can\ be)\ 
     (?:labell?ed|classified|categori[sz]ed)\ as\b
| ^\W* (?:this|the|each|below\ is\ (?:a|the))\ json\ (?:object|array|list)\b
| ^\s* [\[{]\s*["']\w+["']\s*:
| ^\s* ```json\b
| ^\W* (?:message|text|tweet|review|sentence|comment|post|example|statement|question|row|item)\ 
     (?:\#|no\.\ )?\d{1,3}\ ?[:.)]\s
| ^\W* (?:generated|augmented|paraphrased?|rewritten|synthetic)\ ?
     (?:message|text|tweet|review|sentence|comment|example)?\ ?:
| (?m:^(?:label|definition|shot\ \d+|source\ \d+|field\ \w+):\ )
| \b (?:answer\ with\ (?:one\ )?json|write\ exactly\ \d+\ rows|careful\ reader\ would\ give\ this\ label
     |neither\ copy\ nor\ rephrase)\b
| \b (?:please|could\ you|can\ you|would\ you|kindly|i(?:['’]ll|\ will|['’]d|\ would)?\ need\ (?:you\ to)?)\ 
     (?:[\w,]+\ ){0,3}(?:provide|specify|clarify|share|paste|give|supply|tell)\ (?:me\ )?(?:with\ )?
     (?:the|a|an|your|more|some|which|what|any)?\ ?
     (?: (?:[\w-]+\ ){0,3}
         (?:text|review|message|sentence|tweet|passage|paragraph|input|prompt|examples?|context|details|information)\ 
         (?:that\ )?
         (?:you(?:['’]d|\ would)?\ (?:like|want)\ (?:me\ )?to
         |to\ be\ (?:rewritten|rephrased|paraphrased|classified|labell?ed)
         |for\ me\ to\ (?:rewrite|rephrase|paraphrase|write|generate|classify))
       | [^.!?\n]{0,80}\bso\ (?:that\ )?i\ can\ (?:better\ )?
         (?:(?:help|assist)\ you|generate|rewrite|rephrase|paraphrase|classify)\b )
| \b (?:provide|specify|clarify)\ (?:me\ )?(?:with\ )?the\ (?:[\w-]+\ ){0,2}(?:name|title)\ of\ the\ 
     (?:movie|film|book|show|series|text|article)\b
| \b let\ me\ know\ if\ you(?:['’]d|\ would)?\ (?:like|need|want)\ 
     (?:me\ to\ (?:adjust|modify|change|generate|write|add)
     |any\ (?:changes|adjustments|modifications)|more\ (?:examples|variations|rows))\b
| \b note\ that\ (?:this|these|the\ above)\ (?:is|are)\ (?:just\ |only\ |an?\ )*
     (?:fictional|generated|synthetic|hypothetical|examples?)\b
"""


NOUN = (
    "names?|company|products?|brand|city|country|location|place|state|town|date|day|month|year|time|numbers?|amount"
    "|price|e-?mail|phone|address|link|url|genre|movie|film|title|topic|author|artist|actor|actress|director|band|team"
    "|event|item|service|person|customer|friend|company|store|shop|restaurant|website|job|position|age|currency"
)


PLACEHOLDER = rf"""(?x)
  [\[<{{](?i: (?:your|insert|enter|specific)\ [\w\ '’-]{{2,30}} | (?:[\w'’-]+[\ _]){{0,3}}(?:{NOUN})
            | [a-z]+_[a-z_]+ )[\]>}}]
| \{{\{{?\ ?(?:[a-z][a-z0-9-]+|\d{{1,2}})\ ?\}}?\}}
| <[C-HJ-NORTV-Z]\d?>
| <\|\ ?\w+\ ?\|> | </?(?:unk|pad|eos|bos|mask|sep|cls)> | \[/?(?:INST|SYS|MASK|UNK|PAD|SEP|CLS|BLANK)\]
| \b(?i:insert\ (?:[\w'’-]+\ ){{1,3}}here|lorem\ ipsum)\b
| \bX{{2,}}[-./\ ]X{{2,}}(?:[-./\ ]X+)*\b
| [\#$€£]X{{2,}}\b
| \b(?i:order|account|invoice|ticket|number|no\.|id|reference|card|code|in|model|flight|tracking)[\ \#:]{{1,2}}X{{3,}}\b
| \bX{{5,}}\b
"""


# Control characters other than tab and line ends, private-use characters, and the replacement character.
GARBLED = r"([[\p{Cc}\p{Co}\x{FFFD}]--[\t\n\r]])"


# The beginning of a refusal in an answer without rows; rows are screened by REFUSAL, which is stricter.
REFUSING_ANSWER = re.compile(
    r"""^\W*(?:(?:error|message|refusal|response|text)\W+)?
    (?:i['’]?m\ (?:very\ |really\ |so\ )?sorry|i\ am\ sorry|sorry|i\ apologi[sz]e|my\ apologies|unfortunately
    |as\ an\ ai\b
    |i\ (?:can['’]?t|cannot|can\ not|am\ unable|am\ not\ able|won['’]?t|will\ not|must\ decline|do\ not\ feel))""",
    re.IGNORECASE | re.VERBOSE,
)
