#include "auth/Algorithm.h"

#include <array>

namespace concierge::auth {

namespace {

struct Row
{
    std::string_view name;
    Algorithm algorithm;
    Family family;
    int bits;
};

constexpr std::array rows{
    Row{"HS256", Algorithm::HS256, Family::Hmac, 256},
    Row{"HS384", Algorithm::HS384, Family::Hmac, 384},
    Row{"HS512", Algorithm::HS512, Family::Hmac, 512},
    Row{"RS256", Algorithm::RS256, Family::RsaPkcs1, 256},
    Row{"RS384", Algorithm::RS384, Family::RsaPkcs1, 384},
    Row{"RS512", Algorithm::RS512, Family::RsaPkcs1, 512},
    Row{"PS256", Algorithm::PS256, Family::RsaPss, 256},
    Row{"PS384", Algorithm::PS384, Family::RsaPss, 384},
    Row{"PS512", Algorithm::PS512, Family::RsaPss, 512},
    Row{"ES256", Algorithm::ES256, Family::EcP256, 256},
    Row{"ES384", Algorithm::ES384, Family::EcP384, 384},
    Row{"ES512", Algorithm::ES512, Family::EcP521, 512},
    Row{"EdDSA", Algorithm::EdDSA, Family::Edwards, 0},
};

constexpr const Row &rowOf(Algorithm algorithm)
{
    return rows[static_cast<std::size_t>(algorithm)];
}

} // namespace

std::optional<Algorithm> algorithmOf(std::string_view name)
{
    for (const Row &row : rows) {
        if (row.name == name)
            return row.algorithm;
    }
    return std::nullopt;
}

Family familyOf(Algorithm algorithm) noexcept
{
    return rowOf(algorithm).family;
}

int digestBits(Algorithm algorithm) noexcept
{
    return rowOf(algorithm).bits;
}

} // namespace concierge::auth
