-- Takes gateways for dead whose leases were seen to stand still. ARGV: head, for how many ms a dead gateway is reaped, then gateway
-- and end of each such lease. Answers 1, how many are dead, all of them, then what member_list answers. A gateway that was only
-- slow may take sessions until it notices that it is dead, so it is named again and again.
for i = 3, #ARGV, 2 do
  local found = redis.call('ZSCORE', leases, ARGV[i])
  if found and tonumber(found) == tonumber(ARGV[i + 1]) then
    redis.call('ZREM', leases, ARGV[i])
    redis.call('ZADD', dead, now, ARGV[i])
  end
end
local all = redis.call('ZRANGE', dead, 0, -1)
-- Only after they have been read: a gateway that died before all gateways were away for long is named once at least.
redis.call('ZREMRANGEBYSCORE', dead, '-inf', now - tonumber(ARGV[2]))
redis.call('PEXPIRE', leases, TTL)
redis.call('PEXPIRE', dead, TTL)
local reply = {1, #all}
for i = 1, #all do reply[#reply + 1] = all[i] end
return with_leases(reply)
