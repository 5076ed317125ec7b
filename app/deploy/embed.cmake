# Makes agent_image_data.cc from the agent: stripped, packed, with its hash. And bootstrap_script.h from bootstrap.sh,
# without comments. Run by the build: cmake -DAGENT=… -DOUT=… -DOBJCOPY=… -DSTRIP=… -P embed.cmake
execute_process(COMMAND ${OBJCOPY} ${STRIP} ${AGENT} ${OUT}/agent COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND gzip -9nc ${OUT}/agent OUTPUT_FILE ${OUT}/agent.gz COMMAND_ERROR_IS_FATAL ANY)
file(SHA256 ${OUT}/agent hash)
file(SIZE ${OUT}/agent size)
file(WRITE ${OUT}/agent_image.cc "#include \"app/deploy/agent_image.h\"

__asm__(
    \".section .rodata\\n\"
    \".balign 16\\n\"
    \"g5ksync_agent_begin:\\n\"
    \".incbin \\\"${OUT}/agent.gz\\\"\\n\"
    \"g5ksync_agent_end:\\n\"
    \".previous\\n\");
extern \"C\" const std::byte g5ksync_agent_begin[], g5ksync_agent_end[];

namespace g5ksync::app {

AgentImage agent_image() {
  return {{g5ksync_agent_begin, g5ksync_agent_end}, ${size}, \"${hash}\"};
}

}  // namespace g5ksync::app
")
