-- KEYS: the kept sessions of a principal, score = epoch of the attach that made them; while that is under way,
-- minus the time at which the place was taken.
-- ARGV: head, client id, how many there may be, ttl ms or 0 for none, how many are looked at.
-- Answers whether there is a place for one more; if not, some that may have ended unnoticed, with their scores.
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
