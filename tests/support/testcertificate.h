// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// A certificate for localhost and 127.0.0.1 that nobody trusts, with its key, until 2126. Made for the tests only.
namespace retryscope::testcertificate {

constexpr const char *key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbDYDQ0WRnF8XMx3b\n"
    "/2P7ZJD8uXfcLN/Dj29aeJzTMdChRANCAAQQHV6KJdo6EVKqadCHccFNL8HS1El2\n"
    "gCfGUenI+UeGXSssrqqz6sph+ds2NXn7EXTzWpjJKuGRnjdZLT466ulW\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char *certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBnDCCAUGgAwIBAgIUOcn2zuwxboxD2TPuYQc2rQjHxggwCgYIKoZIzj0EAwIw\n"
    "FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTIxMjUwMVoYDzIxMjYxMTAx\n"
    "MjEyNTAxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
    "PQMBBwNCAAQQHV6KJdo6EVKqadCHccFNL8HS1El2gCfGUenI+UeGXSssrqqz6sph\n"
    "+ds2NXn7EXTzWpjJKuGRnjdZLT466ulWo28wbTAdBgNVHQ4EFgQUhTfnAansA3U8\n"
    "wKCLWCMJbbR1gKkwHwYDVR0jBBgwFoAUhTfnAansA3U8wKCLWCMJbbR1gKkwDwYD\n"
    "VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI\n"
    "zj0EAwIDSQAwRgIhAMf0/QhmYfg358W2WOXAOmf7fzvGHa6/Pyx0mPw32HXGAiEA\n"
    "9GoUohkEBs3SoCN2Z+XcZQKZOr0ycavEebIQysXCOy8=\n"
    "-----END CERTIFICATE-----\n";

} // namespace retryscope::testcertificate
