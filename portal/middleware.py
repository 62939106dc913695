def delivery(get_response):
    return get_response
