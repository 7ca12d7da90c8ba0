#pragma once

#include <memory>

namespace concierge {

/// Ends an object of OpenSSL by its own function, for example OpenSslFree<EVP_PKEY_free>.
template <auto Free>
struct OpenSslFree
{
    template <class T>
    void operator()(T *object) const
    {
        Free(object);
    }
};

/// `OpenSslPtr<EVP_PKEY, EVP_PKEY_free>`: owns such an object. Names nothing of OpenSSL, which its users
/// include.
template <class T, auto Free>
using OpenSslPtr = std::unique_ptr<T, OpenSslFree<Free>>;

} // namespace concierge
