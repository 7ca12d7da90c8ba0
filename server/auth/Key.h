#pragma once

#include "auth/Algorithm.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <memory>
#include <optional>

namespace concierge::auth {

/// One key that tokens may be signed with. Immutable. Thread: any.
class Key
{
public:
    virtual ~Key() = default;
    virtual Family family() const noexcept = 0;
    /// Whether it may be guessed from a token: a secret shorter than the code it makes (RFC 7518,
    /// section 3.2).
    virtual bool isWeak() const noexcept { return false; }
    /// `algorithm` is one of family().
    virtual bool verifies(Algorithm algorithm, QByteArrayView text, QByteArrayView signature) const = 0;
};

/// A key as it was configured.
struct NamedKey
{
    std::shared_ptr<const Key> key;
    std::optional<QByteArray> kid;
    std::optional<Algorithm> only; ///< a JWK's `alg`

    bool takes(Algorithm algorithm) const
    {
        return only ? *only == algorithm : key->family() == familyOf(algorithm);
    }
};

/// Why keys cannot be used: what was found and what would be right, without a word of the key itself.
struct KeyError
{
    QString text;
};

} // namespace concierge::auth
