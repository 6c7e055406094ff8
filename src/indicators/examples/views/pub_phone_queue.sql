-- The queue of each answered call; reads another view.
SELECT number, queue FROM pub_phone_answered
