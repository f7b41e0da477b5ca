// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/connectfailure.h"

namespace retryscope {

/// What libcurl says about a transfer that failed.
struct CurlFailure
{
    int code = 0;        ///< CURLcode, not CURLE_OK
    QString text;        ///< libcurl's own words; may be empty
    long connectStatus = 0; ///< of a proxy's answer to CONNECT
    long osError = 0;    ///< errno of the last connect
    bool headBegun = false, headRead = false;
};

/// The same failures and sentences that NetworkTransport has.
ConnectFailure meaningOf(const CurlFailure &failure, const QUrl &url, const ProxyRoute &route);

} // namespace retryscope
