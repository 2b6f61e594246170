-- After a claim: notes the next visit, or that there is none. KEYS: index shard. ARGV: head, client id, the score that the claim
-- was taken with, next score or ''.
local score = redis.call('ZSCORE', KEYS[1], ARGV[2])
if score and tonumber(score) == tonumber(ARGV[3]) then
  if ARGV[4] == '' then redis.call('ZREM', KEYS[1], ARGV[2]) else redis.call('ZADD', KEYS[1], ARGV[4], ARGV[2]) end
end
return {1}
