// SPDX-License-Identifier: MIT
#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <string_view>

namespace hailo::test {

/// The smallest ELF object that libkmod can read: one .modinfo section with
/// these entries, "name=hailo_pci" and so on.
inline std::string module_file(std::initializer_list<std::string_view> entries) {
  std::string info;
  for (const auto entry : entries) info += std::string(entry) + '\0';
  constexpr std::string_view names("\0.modinfo\0.shstrtab\0", 20);

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(header);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = 2;
  const std::size_t body = sizeof(header) + info.size() + names.size();
  header.e_shoff = (body + 7) & ~std::size_t{7};

  Elf64_Shdr sections[3]{};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_PROGBITS;
  sections[1].sh_offset = sizeof(header);
  sections[1].sh_size = info.size();
  sections[2].sh_name = 10;
  sections[2].sh_type = SHT_STRTAB;
  sections[2].sh_offset = sizeof(header) + info.size();
  sections[2].sh_size = names.size();

  std::string file(reinterpret_cast<const char *>(&header), sizeof(header));
  file += info;
  file += names;
  file.resize(header.e_shoff);
  file.append(reinterpret_cast<const char *>(sections), sizeof(sections));
  return file;
}

}  // namespace hailo::test
