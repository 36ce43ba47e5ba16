"""From numbers to a batch in the journal: the gates, the groups, the question before sending."""
