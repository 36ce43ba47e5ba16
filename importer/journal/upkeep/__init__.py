"""What is done to a whole journal: it is copied into another database, or checked."""
