-- What the scripts that count kept sessions share.
-- The set lives longer than each of its sessions.
local function outlive(ttl)
  local present = redis.call('PTTL', KEYS[1])
  if ttl == '0' then redis.call('PERSIST', KEYS[1])
  elseif present < tonumber(ttl) and (present > 0 or redis.call('ZCARD', KEYS[1]) == 1) then
    redis.call('PEXPIRE', KEYS[1], ttl)
  end
end
