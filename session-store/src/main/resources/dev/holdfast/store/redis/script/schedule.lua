-- KEYS: a shard of the session index, score = when the sweep looks at it. ARGV: head, client id, score.
-- Never later than it stands already: whoever asks may have been overtaken, or refused, and a visit too early is put
-- right by the visit itself.
redis.call('ZADD', KEYS[1], 'LT', ARGV[3], ARGV[2])
return {1}
