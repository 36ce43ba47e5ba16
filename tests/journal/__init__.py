"""Tests of the vendor's API: signing, calling, understanding."""
