"""Every sentence people read, in Chinese and English: tables and the words that read them."""
