#include "auth/PublicKey.h"

namespace concierge::auth {

namespace {

KeyError notBuiltIn()
{
    return {
        QStringLiteral("this build has no OpenSSL, so it knows tokens signed with a secret only (HS256, "
                       "HS384, HS512): use JWT_SECRET, or a build with OpenSSL 3 (CONCIERGE_OPENSSL=ON)")};
}

} // namespace

bool hasPublicKeys() noexcept
{
    return false;
}

MadeKey makePublicKey(const PublicJwk &)
{
    return notBuiltIn();
}

Result<std::vector<std::shared_ptr<const Key>>, KeyError> readPem(const QByteArray &)
{
    return notBuiltIn();
}

} // namespace concierge::auth
