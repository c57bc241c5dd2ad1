from hypothesis import HealthCheck, settings

# A law is a law on a busy machine too: nothing here is judged by the clock.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
