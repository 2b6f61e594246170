-- What the scripts share that count the persistent sessions of a principal.
-- Has the set live at least so long, and for ever if the TTL is '0': it must outlive each of its sessions.
local function outlive(ttl)
  local present = redis.call('PTTL', KEYS[1])
  if ttl == '0' then redis.call('PERSIST', KEYS[1])
  elseif present < tonumber(ttl) and (present > 0 or redis.call('ZCARD', KEYS[1]) == 1) then
    redis.call('PEXPIRE', KEYS[1], ttl)
  end
end
