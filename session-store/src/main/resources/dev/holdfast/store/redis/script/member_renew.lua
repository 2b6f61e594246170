-- ARGV: head, gateway, lease ms, skews. Answers 1, then BURIED if the gateway came too late; FORGOTTEN if Redis has lost its lease,
-- which it has again now; else RENEWED; then the highest term and the skews.
local known = redis.call('ZSCORE', leases, ARGV[2])
if not known and redis.call('ZSCORE', dead, ARGV[2]) then return {1, BURIED, 0} end
redis.call('ZADD', leases, now + tonumber(ARGV[3]), ARGV[2])
return with_skews({1, known and RENEWED or FORGOTTEN, agree()}, 4)
