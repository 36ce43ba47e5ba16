"""Tests of what is done to a whole journal."""
