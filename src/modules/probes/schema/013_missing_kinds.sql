-- Missing slots end where the kind of their action changes: all are counted again with the next entry.
DELETE FROM probes_counted;
