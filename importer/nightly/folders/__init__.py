"""The folders of a night: what lies in the inbox, and where files go from there."""
