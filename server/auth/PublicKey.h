#pragma once

#include "auth/Key.h"
#include "shared/Result.h"

#include <vector>

/// RSA, elliptic curve and Edwards keys: PublicKey_openssl.cpp, or PublicKey_none.cpp in a build without.
namespace concierge::auth {

/// Whether this build can verify such signatures.
bool hasPublicKeys() noexcept;

/// A public JSON Web Key's own members, decoded. Source: RFC 7518, section 6; RFC 8037, section 2.
struct PublicJwk
{
    QByteArray type;  ///< "RSA", "EC" or "OKP"
    QByteArray curve; ///< of EC and OKP
    QByteArray n, e;  ///< of RSA
    QByteArray x, y;  ///< of EC; x of OKP
    bool isPss = false;
};

/// Null: a type or curve that is not known here, to be passed over as RFC 7517, section 5 asks.
using MadeKey = Result<std::shared_ptr<const Key>, KeyError>;
MadeKey makePublicKey(const PublicJwk &jwk);

/// Every key in a PEM text: PUBLIC KEY, RSA PUBLIC KEY and CERTIFICATE. At least one.
Result<std::vector<std::shared_ptr<const Key>>, KeyError> readPem(const QByteArray &text);

} // namespace concierge::auth
