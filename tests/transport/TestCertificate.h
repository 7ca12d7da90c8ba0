#pragma once

#include <QSslCertificate>
#include <QSslKey>

namespace concierge::test {

/// Self-signed, for localhost and 127.0.0.1, valid from 2020 to 2120. It protects nothing: the key is public.
inline QSslCertificate testCertificate()
{
    return QSslCertificate(QByteArray("-----BEGIN CERTIFICATE-----\n"
                                      "MIIBRzCB7qADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z\n"
                                      "dDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJ\n"
                                      "bG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEi3pZSk7k+E7VlS71\n"
                                      "QPnuAJS5NtaEWnaMNIPv1RfJeiwPFv5HWYpte1w1UcWNp4fMtIcDMrrn0g3B60Es\n"
                                      "+nIwWqMvMC0wGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMA8GA1UdEwEB/wQF\n"
                                      "MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAISCG959xLukV/uWf1f6AnGAfgv9hrTD\n"
                                      "6Y41mP+FervDAiB6XaXKOjoT6tYA/LVmgTehDS4B/YNS5ptiqgfrXbqqLg==\n"
                                      "-----END CERTIFICATE-----\n"));
}

inline QSslKey testKey()
{
    return QSslKey(QByteArray("-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5pbgwnV/MpKIUC7r\n"
                              "wI0GV2SwnWsmrJg72sW9BHjSYQKhRANCAASLellKTuT4TtWVLvVA+e4AlLk21oRa\n"
                              "dow0g+/VF8l6LA8W/kdZim17XDVRxY2nh8y0hwMyuufSDcHrQSz6cjBa\n"
                              "-----END PRIVATE KEY-----\n"),
                   QSsl::Ec);
}

} // namespace concierge::test
