-- For the operator. ARGV: head, expiry ms. Answers when the sweep has to come, or 0.
local f = redis.call('HMGET', session, 'e', 'o', 'a', 'x', 'v', 'p')
if not f[1] or (not f[2] and f[3] and now >= tonumber(f[3])) then return {0} end
if f[4] == '0' then return {2, f[2] or '', '0', f[6]} end
local expiry, visit = tonumber(ARGV[2]), 0
redis.call('HSET', session, 'x', int(expiry))
if not f[2] then
  visit = now + expiry
  redis.call('HSET', session, 'a', int(visit))
  if f[5] then visit = math.min(visit, tonumber(f[5])) end
end
backstop(expiry)
return {1, f[2] or '', int(visit), f[6]}
