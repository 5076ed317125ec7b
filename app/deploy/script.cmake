# Makes bootstrap_script.h from bootstrap.sh, without its comment lines: cmake -DIN=… -DOUT=… -P script.cmake
file(READ ${IN} text)
string(REGEX REPLACE "(^|\n)#[^\n]*" "\\1" text "${text}")
file(WRITE ${OUT} "#pragma once\nnamespace g5ksync::app {\ninline constexpr const char* kBootstrapScript = R\"sh(${text})sh\";\n}\n")
