"""Every sentence that people read, in Chinese and English: the one place where words are made.

    catalogue.py   sentence(id, lang, **args) and bilingual(id, **args), from the tables *.yaml
    bilingual.py   Bilingual(zh, en), the value of both languages
    phrase.py      Phrase(id, args), a sentence not yet put into words
    names.py       names of causes, parts, findings; certainty; reasons of alerts; phrases in words

Names of causes stand with the causes (domain.causes).
"""
