-- KEYS: a gateway's inbox. ARGV: deadline, whether repeated, most entries, ttl ms, nonce, notes. Each entry names the
-- one before it, so that its reader sees what it has missed. Those that have been read are gone.
local inbox = KEYS[1]
if ARGV[2] == '1' then
  local some = redis.call('XREVRANGE', inbox, '+', '-', 'COUNT', 1000)
  for i = 1, #some do
    if some[i][2][4] == ARGV[5] then return {1} end
  end
end
local last = ''
if redis.call('EXISTS', inbox) == 1 then
  local about = redis.call('XINFO', 'STREAM', inbox)
  for i = 1, #about, 2 do
    if about[i] == 'last-generated-id' then last = about[i + 1] break end
  end
end
redis.call('XADD', inbox, 'MAXLEN', '~', ARGV[3], '*', 'b', last, 'n', ARGV[5], 'm', ARGV[6])
redis.call('PEXPIRE', inbox, ARGV[4])
return {1}
