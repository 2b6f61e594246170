-- Forgets a will that has been published. ARGV: head, epoch of its connection.
redis.call('HDEL', due, ARGV[2])
return {1}
