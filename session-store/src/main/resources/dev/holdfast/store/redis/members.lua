-- What the scripts of leases share. KEYS: leases, the dead, the term.
local leases, dead, agreed = KEYS[1], KEYS[2], KEYS[3]
-- Where no gateway ever comes again nothing is to stay for ever: 30 days.
local TTL = 2592000000

-- The highest term that a gateway has begun, that of the caller included.
local function agree()
  local known = tonumber(redis.call('GET', agreed) or '0')
  if term > known then
    redis.call('SET', agreed, int(term), 'PX', TTL)
    return term
  end
  redis.call('PEXPIRE', agreed, TTL)
  return known
end
