-- Answered calls by their number.
SELECT number, queue FROM phone_call WHERE answered = 1
