"""The escalation cascade: what text matching leaves unresolved is put to vision-language models, the cheapest first, under a budget."""
