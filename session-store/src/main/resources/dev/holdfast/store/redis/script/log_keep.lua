-- Has a log kept for so long from now at least, and makes it if it is not there. KEYS: log, entries, ids. ARGV: head, ms.
-- Answers 1, the index with which it began, its lowest index, the next index, how many messages it has.
local log, entries, ids = KEYS[1], KEYS[2], KEYS[3]
local kept_until = now + tonumber(ARGV[2])
local last_index, begun, known_until, count = unpack(redis.call('HMGET', log, 'n', 'a', 'u', 'c'))
-- Indexes begin at the time in microseconds: above all that an earlier log of this filter has given.
if not last_index then
  last_index, begun = int(micros()), int(micros() + 1)
  redis.call('HSET', log, 'n', last_index, 'a', begun, 't', int(term), 'b', 0, 'c', 0)
end
if not known_until or tonumber(known_until) < kept_until then
  redis.call('HSET', log, 'u', int(kept_until))
  for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], int(kept_until - now + MARGIN)) end
end
local oldest = redis.call('XRANGE', entries, '-', '+', 'COUNT', 1)[1]
local next_index = int(tonumber(last_index) + 1)
return {1, begun, oldest and string.match(oldest[1], '%d+') or next_index, next_index, count or 0}
