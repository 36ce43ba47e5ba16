"""What a text says of a country: names, codes and flags to two letters. Pure."""

from importer.countries.understand import nearest_country, region_name, understand_region

__all__ = ["nearest_country", "region_name", "understand_region"]
