"""A long list read and decided on a Dask cluster; what was decided comes back block by block."""
