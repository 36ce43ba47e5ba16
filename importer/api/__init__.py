"""The vendor's API: how a call is signed, made and understood. No retry lives here."""
