"""Messages to people: who hears what, in which words, when, through which channel, with proof."""
