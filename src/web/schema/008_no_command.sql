-- No module asked another for work by it: what one causes in another is written in the same transaction.
DROP TABLE core_command;
