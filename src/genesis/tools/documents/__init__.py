"""The workspace's documents as the text agents see them: files -> blocks -> passages -> an index that is searched.

library.py    which files are documents, and reading them within limits
blocks.py     headings, paragraphs, items, rows and code with their lines; markdown.py, rest.py, markup.py read them
sentences.py  sentences with the line on which they begin
words.py      words, languages, stems
passages.py   documents cut into passages with their heading path
index.py      BM25 over passages
"""
