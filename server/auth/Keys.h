#pragma once

#include "auth/Key.h"
#include "shared/Result.h"

#include <vector>

/// Keys as operators write them. Thread: any.
namespace concierge::auth {

using KeyList = std::vector<NamedKey>;
using ReadKeys = Result<KeyList, KeyError>;

inline constexpr std::size_t keysMax = 32; ///< in one text

/// A secret, every byte of it, or a JWK Set of `oct` keys (it begins with a brace). Source: RFC 7517; RFC
/// 7518, section 6.4.
ReadKeys readSecrets(const QByteArray &text);
/// PEM, one block or several, or a JWK Set of public keys. In PEM that has no line break, as variables often
/// hold it, `\n` stands for one.
ReadKeys readPublicKeys(const QByteArray &text);

} // namespace concierge::auth
