-- Ends a log that has not been kept for long enough. KEYS: log, entries, ids. ARGV: head.
-- Answers 1 if it has ended by this call, or an earlier one, else 0; then when the sweep has to look again, or 0 for never.
local kept_until = redis.call('HGET', KEYS[1], 'u')
if kept_until and now <= tonumber(kept_until) then return {0, kept_until} end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return {1, 0}
