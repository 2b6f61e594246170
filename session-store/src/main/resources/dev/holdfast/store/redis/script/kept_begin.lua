-- Takes a place for a persistent session that is about to be made. KEYS: the persistent sessions of a principal; the score is
-- the epoch of the attach that made the session, or, while that is under way, minus the time at which the place was taken.
-- ARGV: head, client id, how many there may be, ttl ms or 0 for none, how many are looked at.
-- Answers 1 if there is a place, else 0 and some sessions that may have ended unnoticed, with their scores.
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then
  if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
    local some = redis.call('ZRANDMEMBER', KEYS[1], ARGV[5], 'WITHSCORES')
    table.insert(some, 1, 0)
    return some
  end
  redis.call('ZADD', KEYS[1], int(-now), ARGV[2])
end
outlive(ARGV[4])
return {1}
