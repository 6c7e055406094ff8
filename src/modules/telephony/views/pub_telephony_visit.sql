-- One row per visit of a call to a queue, whichever source told of it. `day` is that of the entry:
-- who joins by callid asks for the days too, there is no index on calls. queue and agent are names
-- (core_name); agent is null unless somebody answered. Of one call, `entered` orders the visits.
SELECT id AS ref, day, callid, queue, agent, entered, connected, ended, outcome, wait_s, talk_s
FROM telephony_visit
